//! What a script says.

use super::hash::{damaged, read_all, read_owner};
use crate::store::{Record, Saved, StoreError, known};

#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// It is done. Before it the session was this owner's. The index of whose it is now is due to name it for longer.
    Saved { owner: Option<String>, is_due: bool },
    /// An owner's index names the session until then.
    Indexed { deadline: String },
    /// Nothing is done before the index of this owner names the session.
    Index { owner: String },
    /// There is another version.
    Conflict(Record),
    /// There is no such session.
    Gone,
    /// There is one already.
    Duplicate,
    /// It is not the owner's who was named.
    Another,
}

impl Answer {
    pub(super) fn read(answer: &[Vec<u8>]) -> Result<Self, StoreError> {
        let words: Vec<&[u8]> = answer.iter().map(Vec::as_slice).collect();
        Ok(match *words {
            [b"saved"] => Self::Saved { owner: None, is_due: false },
            [b"saved", owner] => Self::Saved { owner: read_owner(owner)?, is_due: false },
            [b"saved", owner, due] => Self::Saved { owner: read_owner(owner)?, is_due: due == b"1" },
            [b"indexed", deadline] => {
                Self::Indexed { deadline: String::from_utf8(deadline.to_vec()).map_err(|_| damaged())? }
            }
            [b"index", owner] => Self::Index { owner: read_owner(owner)?.ok_or_else(damaged)? },
            [version, token_hash, expires, owner, data] => {
                known(read_all([version, token_hash, expires, owner, data])).map_or(Self::Gone, Self::Conflict)
            }
            [b"gone"] => Self::Gone,
            [b"duplicate"] => Self::Duplicate,
            [b"another"] => Self::Another,
            _ => return Err(damaged()),
        })
    }

    /// Why a session was not written.
    pub(super) fn refusal(self) -> Result<Saved, StoreError> {
        match self {
            Self::Conflict(record) => Ok(Saved::Conflict(record)),
            Self::Gone => Ok(Saved::Gone),
            _ => Err(damaged()),
        }
    }
}

/// Whether replicas have to confirm it: what was written, and that a session is gone, since whoever ended it may not have been confirmed.
pub(super) fn must_be_confirmed(answer: &[Vec<u8>]) -> bool {
    answer.first().is_some_and(|word| word == b"saved" || word == b"indexed" || word == b"gone")
}

#[cfg(test)]
mod tests {
    use super::super::hash;
    use super::*;
    use crate::store::{TokenHash, Version};

    fn bytes(words: &[&[u8]]) -> Vec<Vec<u8>> {
        words.iter().map(|word| word.to_vec()).collect()
    }

    fn said(words: &[&[u8]]) -> Option<Answer> {
        Answer::read(&bytes(words)).ok()
    }

    fn record() -> Record {
        Record::new(Version::from_bytes([1; 16]), TokenHash::from_bytes([2; 32]), 3, None, "{}".to_owned())
    }

    #[test]
    fn every_answer_is_understood_and_no_other() {
        let owner = Some("42".to_owned());
        let saved = |owner, is_due| Some(Answer::Saved { owner, is_due });
        assert_eq!(said(&[b"saved"]), saved(None, false));
        assert_eq!(said(&[b"saved", b"=42"]), saved(owner.clone(), false));
        assert_eq!(said(&[b"saved", b"", b"1"]), saved(None, true));
        assert_eq!(said(&[b"saved", b"=42", b"0"]), saved(owner, false));
        assert_eq!(said(&[b"index", b"=42"]), Some(Answer::Index { owner: "42".to_owned() }));
        assert_eq!(said(&[b"indexed", b"17"]), Some(Answer::Indexed { deadline: "17".to_owned() }));
        assert_eq!(said(&[b"gone"]), Some(Answer::Gone));
        assert_eq!(said(&[b"duplicate"]), Some(Answer::Duplicate));
        assert_eq!(said(&[b"another"]), Some(Answer::Another));
        let others: [&[&[u8]]; 6] =
            [&[], &[b"else"], &[b"index"], &[b"index", b""], &[b"index", b"=42", b""], &[b"gone", b""]];
        for other in others {
            assert_eq!(said(other), None, "{other:?}");
        }
    }

    #[test]
    fn another_version_is_read_and_what_is_damaged_is_gone() {
        let record = record();
        let fields = hash::write(&record);
        assert_eq!(Answer::read(&fields).unwrap(), Answer::Conflict(record));
        assert_eq!(said(&[b"v", b"t", b"e", b"", b"{}"]), Some(Answer::Gone));
    }

    #[test]
    fn what_was_not_written_needs_no_replica() {
        let must = |words: &[&[u8]]| must_be_confirmed(&bytes(words));
        assert!(must(&[b"saved"]) && must(&[b"saved", b"=42", b"1"]) && must(&[b"indexed", b"1"]) && must(&[b"gone"]));
        assert!(!must(&[b"duplicate"]) && !must(&[b"index", b"=42"]) && !must(&[b"another"]) && !must(&[]));
    }

    #[test]
    fn a_session_is_not_written_where_another_was_or_none_is() {
        let record = record();
        assert_eq!(Answer::Conflict(record.clone()).refusal().unwrap(), Saved::Conflict(record));
        assert_eq!(Answer::Gone.refusal().unwrap(), Saved::Gone);
        assert!(Answer::Duplicate.refusal().is_err());
    }
}
