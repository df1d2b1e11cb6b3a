use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(conter)]
    visits: u32,
}

fn count(visitor: &mut Visitor) {
    visitor.increment_visits(1);
}

fn main() {}
