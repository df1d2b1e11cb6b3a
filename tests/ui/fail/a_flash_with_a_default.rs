use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(flash, default = Some(1))]
    notice: Option<u32>,
}

fn main() {}
