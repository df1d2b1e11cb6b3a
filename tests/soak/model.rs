//! What a browser knows of its session.

use serde::{Deserialize, Serialize};

/// A session, as the application shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub user: Option<u32>,
    pub visits: u32,
    pub cart: Vec<u32>,
    /// Messages that wait.
    pub messages: Vec<String>,
}

/// What a request does.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    Look,
    Visit,
    /// Puts something into the cart, or takes it out.
    Cart(u32),
    Flash(u32),
    /// Shows the messages, once.
    Show,
    LogIn(u32),
    LogOut,
}

impl Act {
    pub fn path(self) -> String {
        match self {
            Self::Look => "/look".into(),
            Self::Visit => "/visit".into(),
            Self::Cart(item) => format!("/cart/{item}"),
            Self::Flash(number) => format!("/flash/{number}"),
            Self::Show => "/show".into(),
            Self::LogIn(user) => format!("/login/{user}"),
            Self::LogOut => "/logout".into(),
        }
    }

    /// What the session is afterwards.
    pub fn on(self, state: &State) -> State {
        let mut state = state.clone();
        match self {
            Self::Look => {}
            Self::Visit => state.visits += 1,
            Self::Cart(item) => match state.cart.iter().position(|have| *have == item) {
                Some(place) => drop(state.cart.remove(place)),
                None => state.cart.push(item),
            },
            Self::Flash(number) => state.messages.push(number.to_string()),
            Self::Show => state.messages.clear(),
            // Another user begins with nothing; who was a visitor keeps what they had.
            Self::LogIn(user) if state.user.is_some_and(|last| last != user) => {
                state = State { user: Some(user), ..State::default() };
            }
            Self::LogIn(user) => state.user = Some(user),
            Self::LogOut => state = State::default(),
        }
        state
    }

    /// Whether the session has a new token afterwards, so that a browser which missed the answer has lost it.
    pub fn renews(self) -> bool {
        matches!(self, Self::LogIn(_) | Self::LogOut)
    }
}

/// What a session may be: more than one thing after an answer was lost.
#[derive(Clone, Debug)]
pub struct Model {
    possible: Vec<State>,
    stored: bool,
    /// The answer with a new token was lost: the session may be out of the browser's reach.
    may_be_gone: bool,
}

impl Model {
    pub fn new(stored: bool) -> Self {
        Self { possible: vec![State::default()], stored, may_be_gone: false }
    }

    /// The application answered with this.
    pub fn answered(&mut self, act: Act, seen: &State) -> Result<(), String> {
        // Nothing in it may be no session at all, to which the browser still has a cookie: reading clears none.
        self.may_be_gone &= *seen == State::default();
        if self.possible.iter().any(|state| act.on(state) == *seen) {
            self.possible = vec![seen.clone()];
            return Ok(());
        }
        let expected = std::mem::replace(&mut self.possible, vec![seen.clone()]);
        Err(format!("{act:?} on {expected:?} gave {seen:?}"))
    }

    /// Both of two requests that were sent at once were answered, in whatever order they were worked on. A store has both, unless
    /// each made a session of its own; a cookie holds what the last answer said.
    pub fn answered_twice(&mut self, act: Act, had_session: bool) {
        let once: Vec<State> = self.possible.iter().map(|state| act.on(state)).collect();
        self.possible = once.iter().map(|state| act.on(state)).collect();
        if !self.stored || !had_session || self.may_be_gone {
            self.possible.extend(once);
        }
    }

    /// One of two requests was answered. What it said is of no use, since the other may have been worked on before it or after it.
    pub fn done(&mut self, act: Act) {
        let done: Vec<State> = self.possible.iter().map(|state| act.on(state)).collect();
        self.possible = done;
    }

    /// No answer came: it was done or not. A cookie stays what it was; a store may have gone on.
    pub fn lost(&mut self, act: Act) {
        if !self.stored {
            return;
        }
        let done: Vec<State> = self.possible.iter().map(|state| act.on(state)).collect();
        self.possible.extend(done);
        if act.renews() {
            self.may_be_gone = true;
            self.possible.push(State::default());
        }
        self.possible.dedup();
    }
}
