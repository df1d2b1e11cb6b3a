//! What the sessions hold: three keys, and with them a cart of about 1 kB.

use serde::{Deserialize, Serialize};

pub(crate) const USERNAME: &str = "ada.lovelace";
pub(crate) const VISITS: u32 = 41;
pub(crate) const THEME: &str = "dark";
pub(crate) const MESSAGE: &str = "Your changes were saved.";

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) quantity: u32,
    pub(crate) cents: u64,
}

pub(crate) fn cart() -> Vec<Item> {
    let item = |id: u64| Item { id: 480_000 + id, name: format!("Article number {id}"), quantity: 1, cents: 1999 + id };
    (0..15).map(item).collect()
}
