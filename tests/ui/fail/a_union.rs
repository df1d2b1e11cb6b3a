use session_actix::SessionData;

#[derive(SessionData)]
union Visitor {
    id: u32,
}

fn main() {}
