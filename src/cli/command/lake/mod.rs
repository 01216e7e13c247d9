//! `authlake lake`: looks after a lake.

mod compact;
mod forget;
mod info;
mod rescore;
mod verify;

use authlake::Result;

use crate::cli::args::LakeCommand;

pub fn run(args: LakeCommand) -> Result<u8> {
    match args {
        LakeCommand::Info(args) => info::run(&args),
        LakeCommand::Verify(args) => verify::run(&args),
        LakeCommand::Compact(args) => compact::run(&args),
        LakeCommand::Rescore(args) => rescore::run(&args),
        LakeCommand::Forget(args) => forget::run(&args),
    }
}
