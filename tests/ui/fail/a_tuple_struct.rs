use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor(String, u32);

fn main() {}
