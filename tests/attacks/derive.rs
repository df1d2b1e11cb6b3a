//! What the derive writes. What it must not compile is in `tests/ui/fail`.

use std::path::Path;

use session_actix::{Dynamic, SessionData, is_somebody};

use crate::site::{Tally, Visitor, every_kind};

/// A field that is skipped is in no cookie and no store, and comes from none.
#[actix_web::test]
async fn a_skipped_field_travels() {
    #[derive(SessionData)]
    struct Skipping {
        theme: Option<String>,
        #[session(skip)]
        role: Option<String>,
    }

    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let cookie =
            sessions.cookie_for(&Skipping { theme: Some("dark".into()), role: Some("admin".into()) }).await.unwrap();
        let session = sessions.read::<Dynamic>(&cookie).await.unwrap().unwrap();
        tally.add(session.keys().eq(["theme"]), || format!("{kind} keeps it"));
        let mut all = Dynamic::default();
        all.insert("role", "admin").unwrap();
        let cookie = sessions.cookie_for(&all).await.unwrap();
        let read = sessions.read::<Skipping>(&cookie).await.unwrap().unwrap();
        tally.add(read.role.is_none() && read.theme.is_none(), || format!("{kind} reads it"));
    }
    tally.report("a_skipped_field_travels");
}

/// Another release, or another struct, wrote a role of another type, an alias, a login that is nobody: nobody is logged in.
#[actix_web::test]
async fn a_field_of_another_type_is_believed() {
    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        for (username, role) in [
            ("\"ada\"", "7"),
            ("\"ada\"", "[]"),
            ("\"ada\"", "{}"),
            ("\"ada\"", "true"),
            ("7", "\"admin\""),
            ("[]", "null"),
            ("{}", "null"),
            ("\"\"", "\"admin\""),
            ("null", "\"admin\""),
            ("false", "null"),
        ] {
            let mut session = Dynamic::default();
            session.insert_raw("username", username).unwrap();
            session.insert_raw("role", role).unwrap();
            let cookie = sessions.cookie_for(&session).await.unwrap();
            let read = sessions.read::<Visitor>(&cookie).await.unwrap();
            tally.add(read.is_none_or(|visitor| !is_somebody(&visitor)), || format!("{kind}: {username} with {role}"));
        }
    }
    tally.report("a_field_of_another_type_is_believed");
}

/// Each of these is a program that the compiler refuses, with the fix in its message (`tests/ui/ui.rs` compares it).
#[test]
fn a_struct_takes_what_is_the_librarys() {
    let mut tally = Tally::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail");
    for name in [
        "a_reserved_alias",
        "a_reserved_field_name",
        "a_reserved_rename",
        "accessors_that_clash",
        "a_method_hidden_by_session",
    ] {
        let refused = folder.join(format!("{name}.rs")).exists() && folder.join(format!("{name}.stderr")).exists();
        tally.add(refused, || name.into());
    }
    tally.report("a_struct_takes_what_is_the_librarys");
}
