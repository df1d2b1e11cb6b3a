use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user), scpoe = "admin")]
struct Visitor {
    #[session(conter)]
    visits: u32,
    age: Option<Option<u8>>,
    #[session(rename = "_created")]
    since: u64,
}

fn main() {}
