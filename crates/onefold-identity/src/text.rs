//! Text made comparable: kernels that compare strings, and normal forms of what people write.
//!
//! Everything here is a pure function of its arguments, panics on no text, and gives of its own result the same
//! result again. The [`kernel`]s are the hot loop of matching; the rest runs once a value. What cannot be read
//! is [`Unusable`] and says why. The word lists are data, one file each, in `src/text/data`.
//!
//! ```
//! use onefold_identity::text::{EmailParts, PersonName, are_nicknames, fold};
//!
//! assert_eq!(fold("  Łukasz  O’Brien-Müller "), "lukasz obrien muller");
//! let name = PersonName::parse("Dr. van der Berg, Anna M., PhD");
//! assert_eq!((name.given.join(" ").as_str(), name.surname.as_str()), ("anna m", "van der berg"));
//! assert!(are_nicknames("peggy", "margaret"));
//! assert_eq!(EmailParts::parse("Ann.Lee+shop@googlemail.com")?.canonical(), "annlee@gmail.com");
//! # Ok::<(), onefold_identity::text::Unusable>(())
//! ```

mod address;
mod company;
mod date;
mod domain;
mod email;
mod fold;
pub mod kernel;
mod name;
mod nickname;
mod phone;
mod phonetic;
mod unusable;
mod words;

pub use address::{AddressTokens, postcode};
pub use company::{CompanyName, registration_number};
pub use date::{DateOrder, DateParts};
pub use domain::web_domain;
pub use email::EmailParts;
pub use fold::fold;
pub use name::PersonName;
pub(crate) use nickname::nickname_lists;
pub use nickname::{are_nicknames, nickname_root};
pub use phone::{PhoneNumber, phone};
#[cfg(feature = "phone")]
pub use phone::{is_country, phone_of_country};
pub use phonetic::{Phonetic, phonetic};
pub use unusable::Unusable;
