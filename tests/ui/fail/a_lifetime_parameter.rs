use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor<'a> {
    name: &'a str,
}

fn main() {}
