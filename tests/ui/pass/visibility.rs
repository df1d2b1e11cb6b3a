//! Accessors are as visible as the struct.

mod inner {
    use session_actix::SessionData;

    #[derive(SessionData)]
    pub struct Public {
        name: String,
    }

    #[derive(SessionData)]
    pub(crate) struct Crate {
        name: String,
    }

    #[derive(SessionData)]
    struct Private {
        name: String,
    }

    pub(crate) fn private() -> bool {
        Private::empty().name().is_empty()
    }
}

fn main() {
    use session_actix::SessionData as _;
    assert!(inner::Public::empty().name().is_empty() && inner::Crate::empty().name().is_empty() && inner::private());
}
