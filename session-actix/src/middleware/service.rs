//! One request: a slot for its session on the way in, the session's cookie on the way out.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready as ready_or_return};

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::{Error, HttpMessage as _};
use pin_project_lite::pin_project;

use super::response::{begin_commit, finish};
use crate::slot::{Committing, Lease, Pool, Slots, Wait};
use crate::storing::Storing;

/// A service with sessions, made by [`SessionMiddleware`](crate::SessionMiddleware).
pub struct SessionService<S> {
    service: Rc<S>,
    pool: Rc<Pool>,
}

impl<S> SessionService<S> {
    pub(super) fn new(service: S, pool: Rc<Pool>) -> Self {
        Self { service: Rc::new(service), pool }
    }
}

impl<S, B> Service<ServiceRequest> for SessionService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = SessionResponseFuture<S>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // Not `add_data_container`, which panics where an outer middleware holds a clone of the request.
        let lease = Slots::attach(&mut request.extensions_mut(), &self.pool);
        if let Some(slot) = lease.as_ref().map(|lease| &lease.slot).filter(|slot| slot.must_wait(request.head())) {
            let waiting = Some(Box::new((Wait::new(Rc::clone(slot)), Rc::clone(&self.service), request)));
            return SessionResponseFuture { waiting, response: None, storing: None, lease };
        }
        let response = Some(self.service.call(request));
        SessionResponseFuture { waiting: None, response, storing: None, lease }
    }
}

impl<S: fmt::Debug> fmt::Debug for SessionService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService").field("service", &self.service).finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for the response and saves the session with it.
    #[must_use = "futures do nothing unless awaited"]
    pub struct SessionResponseFuture<S: Service<ServiceRequest>> {
        // The request, while its session is loaded before it is routed. In a box, as below: most requests never wait, and
        // the future is moved about.
        waiting: Option<Box<(Wait, Rc<S>, ServiceRequest)>>,
        #[pin]
        response: Option<S::Future>,
        // The response, while a store writes its session.
        storing: Option<Box<(Storing, Result<S::Response, S::Error>)>>,
        // `None` where a middleware around this one serves the same cookie.
        lease: Option<Lease>,
    }
}

impl<S, B> Future for SessionResponseFuture<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(waiting) = this.waiting {
            // A store that does not answer is found again by whoever looks at the session.
            let _ = ready_or_return!(Pin::new(&mut waiting.0).poll(context));
        }
        if let Some(waited) = this.waiting.take() {
            let (_, service, request) = *waited;
            this.response.set(Some(service.call(request)));
        }
        if let Some(response) = this.response.as_mut().as_pin_mut() {
            let response = ready_or_return!(response.poll(context));
            this.response.set(None);
            let Some(lease) = this.lease else { return Poll::Ready(response.map(ServiceResponse::map_into_left_body)) };
            match begin_commit(&lease.slot, &response) {
                None => return Poll::Ready(response.map(ServiceResponse::map_into_left_body)),
                Some(Committing::Done(outcome)) => return Poll::Ready(finish(&lease.slot, outcome, response)),
                Some(Committing::Storing(storing)) => *this.storing = Some(Box::new((storing, response))),
            }
        }
        let (Some(mut stored), Some(lease)) = (this.storing.take(), this.lease.as_ref()) else {
            return Poll::Pending;
        };
        let Poll::Ready(commit) = stored.0.poll(context) else {
            *this.storing = Some(stored);
            return Poll::Pending;
        };
        let (_, response) = *stored;
        Poll::Ready(match lease.slot.outcome(commit) {
            Some(outcome) => finish(&lease.slot, outcome, response),
            None => response.map(ServiceResponse::map_into_left_body),
        })
    }
}

impl<S: Service<ServiceRequest>> fmt::Debug for SessionResponseFuture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionResponseFuture").finish_non_exhaustive()
    }
}
