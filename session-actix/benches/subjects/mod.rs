//! What is measured: cases, and the libraries that each is measured with.

mod actix_session;
mod bare;
mod data;
mod flash_messages;
mod floor;
mod ours;
mod tower;

use std::cell::RefCell;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;

use actix_http::{HttpMessage as _, Request};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header;
use actix_web::test::TestRequest;

/// One kind of request, as a site has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// The handler does not look at the session that the request brings.
    Untouched,
    /// The same, with eight cookies of others.
    UntouchedAmongOthers,
    /// One of three keys is read.
    Read,
    /// One of three keys is counted up.
    Write,
    /// The first visit: a session of three keys begins.
    New,
    /// As `Read`, with a cart of 1 kB in the session.
    ReadBig,
    /// As `Write`, with a cart of 1 kB in the session.
    WriteBig,
    /// The first visit leaves a message.
    FlashPush,
    /// The message, which is all that the session holds, is shown.
    FlashRead,
    /// A page for users who are logged in.
    LoggedIn,
}

impl Case {
    pub(crate) const ALL: [Self; 10] = [
        Self::Untouched,
        Self::UntouchedAmongOthers,
        Self::Read,
        Self::Write,
        Self::New,
        Self::ReadBig,
        Self::WriteBig,
        Self::FlashPush,
        Self::FlashRead,
        Self::LoggedIn,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::UntouchedAmongOthers => "untouched, eight other cookies",
            Self::Read => "read",
            Self::Write => "read and write",
            Self::New => "new session",
            Self::ReadBig => "1 kB, read",
            Self::WriteBig => "1 kB, read and write",
            Self::FlashPush => "flash push",
            Self::FlashRead => "flash read",
            Self::LoggedIn => "logged in",
        }
    }

    /// Whether the session holds the cart of 1 kB.
    fn is_big(self) -> bool {
        matches!(self, Self::ReadBig | Self::WriteBig)
    }
}

/// Who serves a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// actix-web without any session.
    Bare,
    /// A handler written by hand for this one purpose.
    Floor,
    /// The same, which leaves the cart undecoded.
    LazyFloor,
    OursSigned,
    /// With the cart as a `Lazy` field.
    OursLazy,
    OursEncrypted,
    OursMemory,
    ActixSessionSigned,
    ActixSessionPrivate,
    /// actix-web-flash-messages, with its signed cookie.
    FlashMessages,
    /// tower without any session.
    TowerBare,
    /// tower-sessions with its memory store.
    TowerMemory,
}

impl Subject {
    pub(crate) const ALL: [Self; 12] = [
        Self::Bare,
        Self::Floor,
        Self::LazyFloor,
        Self::OursSigned,
        Self::OursLazy,
        Self::OursEncrypted,
        Self::OursMemory,
        Self::ActixSessionSigned,
        Self::ActixSessionPrivate,
        Self::FlashMessages,
        Self::TowerBare,
        Self::TowerMemory,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare actix-web",
            Self::Floor => "by hand",
            Self::LazyFloor => "by hand, cart undecoded",
            Self::OursSigned => "ours, signed",
            Self::OursLazy => "ours, signed, Lazy cart",
            Self::OursEncrypted => "ours, encrypted",
            Self::OursMemory => "ours, memory store",
            Self::ActixSessionSigned => "actix-session, signed",
            Self::ActixSessionPrivate => "actix-session, private",
            Self::FlashMessages => "actix-web-flash-messages",
            Self::TowerBare => "bare tower",
            Self::TowerMemory => "tower-sessions, memory",
        }
    }

    /// Whose time a request without any session takes.
    pub(crate) fn bare(self) -> Self {
        match self {
            Self::TowerBare | Self::TowerMemory => Self::TowerBare,
            _ => Self::Bare,
        }
    }

    /// Whether the subject does anything of its own in this case.
    pub(crate) fn serves(self, case: Case) -> bool {
        let is_flash = matches!(case, Case::FlashPush | Case::FlashRead);
        match self {
            Self::Bare | Self::OursSigned | Self::OursEncrypted => true,
            // What is kept on the server can be shown once only.
            Self::OursMemory => case != Case::FlashRead,
            Self::ActixSessionSigned | Self::ActixSessionPrivate => !is_flash && case != Case::LoggedIn,
            Self::Floor => matches!(case, Case::Read | Case::Write | Case::New | Case::ReadBig | Case::WriteBig),
            Self::LazyFloor | Self::OursLazy => case.is_big(),
            Self::FlashMessages => is_flash,
            Self::TowerBare | Self::TowerMemory => matches!(case, Case::Untouched | Case::Read | Case::Write),
        }
    }

    /// Starts an application that serves the case in this way.
    pub(crate) async fn start(self, case: Case) -> Running {
        match self {
            Self::Bare => bare::start(case).await,
            Self::Floor => floor::start(case, false).await,
            Self::LazyFloor => floor::start(case, true).await,
            Self::OursSigned => ours::signed(case).await,
            Self::OursLazy => ours::lazy(case).await,
            Self::OursEncrypted => ours::encrypted(case).await,
            Self::OursMemory => ours::memory(case).await,
            Self::ActixSessionSigned => actix_session::signed(case).await,
            Self::ActixSessionPrivate => actix_session::private(case).await,
            Self::FlashMessages => flash_messages::start(case).await,
            Self::TowerBare => tower::bare(case).await,
            Self::TowerMemory => tower::memory(case).await,
        }
    }
}

/// An application that waits for requests.
pub(crate) struct Running {
    prepare: Box<dyn Fn(usize)>,
    answer: Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>>,
    /// The bytes of the cookie that a response sets, or else of the one that requests bring.
    pub(crate) cookie_bytes: usize,
}

impl Running {
    /// Makes requests, which is not part of what is measured.
    pub(crate) fn prepare(&self, requests: usize) {
        (self.prepare)(requests);
    }

    /// Answers the requests that were prepared: what is measured.
    pub(crate) async fn answer(&self) {
        (self.answer)().await;
    }
}

/// The cookies of others that a browser brings to a site with analytics and a consent banner.
const OTHER_COOKIES: &str = "_ga=GA1.2.1049373942.1700000000; _gid=GA1.2.874321093.1700000000; \
     consent=eyJhZHMiOmZhbHNlfQ; theme=dark; locale=en-GB; ab_bucket=17; csrf_hint=off; last_seen=2026-11-24T10%3A00";

/// An actix-web service that is asked with this cookie, or with none.
pub(crate) async fn run<S, B>(case: Case, service: S, cookie: Option<String>) -> Running
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
{
    let cookie = cookie.map(|cookie| match case {
        Case::UntouchedAmongOthers => format!("{OTHER_COOKIES}; {cookie}"),
        _ => cookie,
    });
    let request = move || {
        let request = TestRequest::default();
        match &cookie {
            Some(cookie) => request.insert_header((header::COOKIE, cookie.as_str())).to_request(),
            None => request.to_request(),
        }
    };
    let response = service.call(request()).await.expect("the application answers");
    assert!(response.status().is_success(), "{}: {}", case.name(), response.status());
    let answered = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let asked = request().headers().get(header::COOKIE).map(header::HeaderValue::len);
    let answered = answered.map(|cookie| cookie.split(';').next().unwrap_or_default().len());
    let cookie_bytes = answered.or(asked).unwrap_or_default();

    let service = Rc::new(service);
    let waiting: Rc<RefCell<Vec<Request>>> = Rc::default();
    let queue = Rc::clone(&waiting);
    Running {
        prepare: Box::new(move |requests| queue.borrow_mut().extend((0..requests).map(|_| request()))),
        answer: Box::new(move || {
            let (service, waiting) = (Rc::clone(&service), Rc::clone(&waiting));
            Box::pin(async move {
                loop {
                    let Some(request) = waiting.borrow_mut().pop() else { break };
                    drop(black_box(service.call(request).await));
                }
            })
        }),
        cookie_bytes,
    }
}

/// The cookie that a response sets, as the next request brings it.
pub(crate) fn set_cookie<B>(response: &ServiceResponse<B>) -> String {
    let header = response.headers().get(header::SET_COOKIE).expect("a cookie is set");
    header.to_str().expect("a cookie is text").split(';').next().unwrap_or_default().to_owned()
}
