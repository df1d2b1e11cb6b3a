use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    name: String,
}

impl Visitor {
    fn purge(&mut self, everything: bool) -> bool {
        everything
    }
}

fn main() {}
