//! The expansion of each shape, as it stands in `expanded/`: short enough to read.
//!
//! After a change of the derive, run this test with `UPDATE_EXPANSIONS=1` and read the difference.

use std::path::Path;

use quote::quote;
use syn::parse_quote;

fn expanded(input: proc_macro2::TokenStream) -> String {
    let output = crate::derive(input, parse_quote!(::session_actix));
    prettyplease::unparse(&syn::parse2(output).unwrap())
}

/// Compares with the committed expansion of this name.
fn check(name: &str, input: proc_macro2::TokenStream) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("expanded").join(name).with_extension("rs");
    let expansion = expanded(input);
    if std::env::var_os("UPDATE_EXPANSIONS").is_some() {
        std::fs::write(&file, &expansion).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(expansion, committed, "run with UPDATE_EXPANSIONS=1 and read the difference in {}", file.display());
}

macro_rules! snapshots {
    ($($name:ident: { $($input:tt)* })*) => {$(
        #[test]
        fn $name() {
            check(stringify!($name), quote!($($input)*));
        }
    )*};
}

snapshots! {
    quickstart: {
        #[session(login(username, redirect = "/login"))]
        struct Visitor {
            username: Option<String>,
            #[session(counter)]
            visits: u32,
            cart: Vec<u64>,
            #[session(flash(success, error))]
            messages: Flashes,
        }
    }
    every_row_of_the_accessor_table: {
        pub struct Visitor {
            /// Documented.
            number: i64,
            ratio: f64,
            flag: bool,
            letter: char,
            #[session(counter)]
            count: u8,
            name: String,
            age: Option<u8>,
            nick: Option<String>,
            address: Option<Address>,
            list: Vec<Item>,
            map: BTreeMap<String, u8>,
            #[session(flash)]
            order: Option<u64>,
            #[session(flash(info))]
            messages: Flashes,
        }
    }
    every_attribute: {
        #[session(scope = "admin", rename_all = "camelCase", crate = my::sessions)]
        pub(crate) struct Visitor {
            #[session(alias = "old", alias = "older")]
            last_seen: u64,
            #[session(rename = "r")]
            role: Option<String>,
            #[session(default = vec![1])]
            numbers: Vec<u8>,
            #[session(with = module)]
            odd: Odd,
            #[session(skip)]
            scratch: Scratch,
            #[session(privileged)]
            level: u8,
            #[session(owner)]
            user: Option<u64>,
            #[session(secret, accessors = false)]
            card: Option<String>,
        }
    }
    generics: {
        #[session(login(user))]
        struct Visitor<T: Clone, const N: usize> where T: Send {
            user: Option<T>,
            list: Vec<T>,
            array: [u8; N],
            plain: u8,
        }
    }
    types_that_cannot_be_seen: {
        #[session(login(user))]
        struct Visitor {
            user: Maybe,
            #[session(counter)]
            count: Count,
            #[session(flash)]
            notice: Notice,
        }
    }
    without_accessors: {
        #[session(accessors = false)]
        struct Visitor {
            name: String,
        }
    }
    without_fields: {
        struct Nothing;
    }
    rejected: {
        #[session(login(user))]
        struct Visitor {
            user: Option<u64>,
            #[session(conter)]
            visits: u32,
        }
    }
}
