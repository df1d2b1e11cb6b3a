use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(flash("success"))]
    messages: session_actix::Flashes,
}

fn main() {}
