//! The suite that every store passes, on each of ours.

mod memory {
    use session_actix::store::{MemoryStore, conformance};

    conformance!(
        #[actix_web::test]
        MemoryStore::new()
    );
}
