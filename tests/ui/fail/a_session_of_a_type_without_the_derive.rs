struct Visitor {
    name: String,
}

fn handler(_: session_actix::Session<Visitor>) {}

fn main() {}
