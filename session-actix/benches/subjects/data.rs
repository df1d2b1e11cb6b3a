//! What the sessions hold: three keys, and with them a cart of about 1 kB.

use serde::{Deserialize, Serialize};

pub const USERNAME: &str = "ada.lovelace";
pub const VISITS: u32 = 41;
pub const THEME: &str = "dark";
pub const MESSAGE: &str = "Your changes were saved.";

#[derive(Clone, Serialize, Deserialize)]
pub struct Item {
    pub id: u64,
    pub name: String,
    pub quantity: u32,
    pub cents: u64,
}

pub fn cart() -> Vec<Item> {
    let item = |id: u64| Item {
        id: 480_000 + id,
        name: format!("Article number {id}"),
        quantity: 1,
        cents: 1999 + id,
    };
    (0..15).map(item).collect()
}
