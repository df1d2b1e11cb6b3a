//! Type parameters, const parameters, defaults and where-clauses.

#![deny(warnings)]

use serde::{Serialize, de::DeserializeOwned};
use session_actix::SessionData;

#[derive(SessionData)]
struct Page<T, const N: usize = 4>
where
    T: Clone,
{
    item: Option<T>,
    list: Vec<T>,
    numbers: [u8; N],
    #[session(skip)]
    scratch: std::marker::PhantomData<T>,
}

impl<const N: usize> Page<u8, N> {
    fn own_method(&self) -> usize {
        N
    }
}

#[derive(SessionData)]
#[session(login(user))]
struct Member<T> {
    user: Option<T>,
}

fn takes<T: SessionData>() {}
fn takes_login<T: session_actix::Login>() {}

fn generic<T: Serialize + DeserializeOwned + Clone + 'static>() {
    takes::<Page<T, 4>>();
    takes::<Page<T, 8>>();
    takes_login::<Member<T>>();
}

fn main() {
    takes::<Page<String, 4>>();
    generic::<u64>();
    let mut page = Page::<u8, 4>::empty();
    page.set_item(3);
    assert_eq!((page.item(), page.own_method()), (Some(&3), 4));
}
