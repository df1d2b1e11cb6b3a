use session_actix::SessionData;

mod module {}

#[derive(SessionData)]
struct Visitor {
    #[session(counter, with = module)]
    visits: u32,
}

fn main() {}
