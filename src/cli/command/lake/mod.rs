//! `authlake lake`: looks after a lake.

mod info;

use authlake::Result;

use crate::cli::args::LakeCommand;

pub fn run(args: LakeCommand) -> Result<u8> {
    match args {
        LakeCommand::Info(args) => info::run(&args),
    }
}
