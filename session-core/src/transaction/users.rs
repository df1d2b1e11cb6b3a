//! Who is logged in, and what becomes of a request's changes where it logs in one user after another.

use super::{Epoch, Transaction};
use crate::change::Changes;
use crate::data::{Field, SessionData};
use crate::error::Error;
use crate::payload::Payload;
use crate::view::View;

impl Transaction {
    /// Records what a view changed: the result of [`View::changes`].
    ///
    /// With an error the request saves no more than that the session ended or lost a privilege.
    ///
    /// # Examples
    ///
    /// A view that goes on after the rest of the request was told of what it changed:
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, SessionData, View};
    ///
    /// #[derive(SessionData)]
    /// #[session(login(username))]
    /// struct Visitor {
    ///     username: Option<String>,
    /// }
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// let mut transaction = engine.open(std::iter::empty(), false);
    /// let mut view = transaction.view::<Visitor>()?;
    /// view.username = Some("ada".into());
    /// assert!(!transaction.is_logged_in());
    ///
    /// transaction.record(View::changes(&view, &engine), View::epoch(&view));
    /// match transaction.next_view(&view)? {
    ///     Some(of_another_user) => view = of_another_user,
    ///     None => View::settle(&mut view),
    /// }
    /// assert!(transaction.is_logged_in() && View::own_changes(&view).0.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn record(&mut self, (mut changes, error): (Changes, Option<Error>), epoch: Epoch) {
        if changes.is_empty() && error.is_none() {
            return;
        }
        if !self.takes(epoch, || format!("{:?}", changes.keys().collect::<Vec<_>>())) {
            return;
        }
        let next = self.next_user(&changes);
        if epoch.users != self.epoch.users {
            // Of a view that was made before the other user logged in, and still has what the last one had.
            changes.warn_of_derived();
            changes.drop_derived();
        } else if self.epoch.users > 0 && next.is_none() {
            changes.are_ones_own();
        }
        if let Some(next) = next {
            self.epoch.users = self.epoch.users.saturating_add(1);
            self.log.leave(next == NextUser::OfTheRequest);
        }
        self.add(changes);
        if let Some(error) = error {
            self.failure.get_or_insert(error);
        }
    }

    /// What a view goes on with that stays open after its changes were recorded: `None` is itself ([`View::settle`]), unless another user
    /// logged in since it was made, who must not see what the last one had.
    ///
    /// # Errors
    ///
    /// As of [`Transaction::view`].
    pub fn next_view<T: SessionData>(&self, view: &View<T>) -> Result<Option<View<T>>, Error> {
        let epoch = View::epoch(view);
        let is_another_users = epoch.users != self.epoch.users && epoch.purges == self.epoch.purges;
        is_another_users.then(|| self.view()).transpose()
    }

    /// Whether these changes log in another user than was logged in last, and where that one came from.
    fn next_user(&self, changes: &Changes) -> Option<NextUser> {
        let notation = self.engine.notation();
        let of_the_request = self.log.login().map(|(_, user)| user).or(self.last_user.as_deref());
        // Who logged in and out in one view is not known by name.
        let is_unknown = of_the_request.is_none() && self.log.has_left();
        let logs_in_another = |field: &Field, new: &str| {
            let last = of_the_request.or_else(|| self.base.get_field(field));
            is_unknown || last.is_some_and(|last| !notation.is_nobody(last) && !notation.is_same(last, new))
        };
        let is_next = changes.has_left() || changes.login().is_some_and(|(field, new)| logs_in_another(field, new));
        let last = if of_the_request.is_some() || is_unknown { NextUser::OfTheRequest } else { NextUser::OfTheSession };
        is_next.then_some(last)
    }

    /// Whether somebody is logged in, by the login field of a struct that looked at the session or is registered.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.user_of(&self.current()).is_some()
    }

    /// Who is logged in in a session, as JSON.
    pub(super) fn user_of<'s>(&self, session: &'s Payload) -> Option<&'s str> {
        let registered = || self.engine.registered().iter().copied().find(|field| field.is_login());
        let user = session.get_field(self.login.get().copied().or_else(registered)?)?;
        (!self.engine.notation().is_nobody(user)).then_some(user)
    }
}

/// After whom another user logs in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NextUser {
    /// After the one that the session had.
    OfTheSession,
    /// After one whom the request logged in itself.
    OfTheRequest,
}
