//! `/admin/v1/signup/…`: what an operator or a program of theirs may read, behind the bearer token.

pub(super) mod campaigns;
pub(super) mod leads;
pub(super) mod offers;
