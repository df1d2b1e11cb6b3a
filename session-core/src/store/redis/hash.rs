//! A session as the fields of a hash, and its owner as one of them.

use crate::store::{Record, StoreError, TokenHash, Version};

/// The fields of a record, in this order.
pub(super) const FIELDS: [&str; 5] = ["v", "t", "e", "o", "d"];

pub(super) fn write(record: &Record) -> [Vec<u8>; 5] {
    [
        record.version().as_bytes().to_vec(),
        record.token_hash().as_bytes().to_vec(),
        record.expires().to_string().into_bytes(),
        write_owner(record.owner()),
        record.data().as_bytes().to_vec(),
    ]
}

/// What is under a key, where there is something.
pub(super) fn read(fields: &[Option<Vec<u8>>]) -> Result<Option<Record>, StoreError> {
    match fields {
        [None, None, None, None, None] => Ok(None),
        [Some(version), Some(token_hash), Some(expires), Some(owner), Some(data)] => {
            read_all([version, token_hash, expires, owner, data]).map(Some)
        }
        _ => Err(damaged()),
    }
}

pub(super) fn read_all([version, token_hash, expires, owner, data]: [&[u8]; 5]) -> Result<Record, StoreError> {
    let version = version.try_into().map_err(|_| damaged())?;
    let token_hash = token_hash.try_into().map_err(|_| damaged())?;
    let expires = std::str::from_utf8(expires).ok().and_then(|text| text.parse().ok()).ok_or_else(damaged)?;
    let data = String::from_utf8(data.to_vec()).map_err(|_| damaged())?;
    Ok(Record::new(Version::from_bytes(version), TokenHash::from_bytes(token_hash), expires, read_owner(owner)?, data))
}

/// An owner may be the empty text, which is not nobody.
pub(super) fn write_owner(owner: Option<&str>) -> Vec<u8> {
    owner.map_or_else(Vec::new, |owner| format!("={owner}").into_bytes())
}

pub(super) fn read_owner(field: &[u8]) -> Result<Option<String>, StoreError> {
    let owner = field.strip_prefix(b"=").map(|owner| String::from_utf8(owner.to_vec()));
    owner.transpose().map_err(|_| damaged())
}

pub(super) fn damaged() -> StoreError {
    StoreError::unavailable("a key `session:..` of Redis is not one of ours")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(owner: Option<&str>) -> Record {
        let (version, token_hash) = (Version::from_bytes([1; 16]), TokenHash::from_bytes([2; 32]));
        Record::new(version, token_hash, 3, owner.map(str::to_owned), "{}".to_owned())
    }

    #[test]
    fn what_was_written_is_read() {
        for owner in [None, Some(""), Some("42"), Some("=ü")] {
            let record = record(owner);
            assert_eq!(read(&write(&record).map(Some)).unwrap(), Some(record));
        }
        assert_eq!(read(&[None, None, None, None, None]).unwrap(), None);
    }

    #[test]
    fn what_is_damaged_is_an_error() {
        let fields = write(&record(Some("42")));
        let wrong: [(usize, &[u8]); 5] = [(0, b"x"), (1, b"x"), (2, b"-3"), (3, b"=\xff"), (4, b"\xff")];
        for (field, bytes) in wrong {
            let mut damaged = fields.clone().map(Some);
            damaged[field] = Some(bytes.to_vec());
            assert!(read(&damaged).is_err(), "{field}");
            let mut half = fields.clone().map(Some);
            half[field] = None;
            assert!(read(&half).is_err(), "{field}");
        }
    }
}
