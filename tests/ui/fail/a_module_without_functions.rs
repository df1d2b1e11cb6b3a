use session_actix::SessionData;

mod module {}

#[derive(SessionData)]
struct Visitor {
    #[session(with = module)]
    name: String,
}

fn main() {}
