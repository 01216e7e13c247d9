//! Shows stories and people as text for a person; JSON comes from the values themselves.
//!
//! In: what `explain` built, and how wide the terminal is. Out: text. All that records say passes
//! `present::plain` on its way onto a page. Never: asks the lake, adds a fact.

mod answer;
mod page;
mod people;
mod risk;
mod tale;

pub use answer::answer_text;
pub use page::Look;
pub use people::person_text;
