//! Faults that a test has ordered: calls that fail, take long, or both.
//!
//! Whoever does something that can be made to fail asks [`Faults::strike`] first. In memory only,
//! and gone with a reset. Not here: how an order is written (`http::mocknito::faults`), what a
//! failing call looks like, which is each place's own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultTarget {
    /// An operation of an AWS API, by its name; `*` is any.
    Operation(String),
    /// A path of the pool's domain; one that ends in `*` is a beginning.
    Path(String),
    /// A message by `EMAIL` or `SMS`; `*` is any.
    Delivery(String),
    /// A function of a pool, by its trigger; `*` is any.
    Function(String),
}

impl FaultTarget {
    /// Whether the order is about this. Names are as written, media in any case.
    fn covers(&self, happening: &FaultTarget) -> bool {
        match (self, happening) {
            (Self::Path(ordered), Self::Path(path)) => match ordered.strip_suffix('*') {
                Some(beginning) => path.starts_with(beginning),
                None => ordered == path,
            },
            (Self::Operation(ordered), Self::Operation(name))
            | (Self::Function(ordered), Self::Function(name)) => ordered == "*" || ordered == name,
            (Self::Delivery(ordered), Self::Delivery(medium)) => {
                ordered == "*" || ordered.eq_ignore_ascii_case(medium)
            }
            _ => false,
        }
    }
}

/// What a test has ordered.
#[derive(Debug, Clone)]
pub struct FaultOrder {
    pub target: FaultTarget,
    /// Only of this pool, and only of this user.
    pub user_pool_id: Option<String>,
    pub username: Option<String>,
    pub effect: FaultEffect,
    /// How often it still strikes; None for always.
    pub times: Option<u32>,
    /// How likely it strikes; None for always.
    pub probability: Option<f64>,
}

/// What happens to who is struck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultEffect {
    /// The code of the error, or the message of a function.
    pub error: Option<String>,
    pub status: Option<u16>,
    /// How long it takes before anything else.
    pub latency: Option<Duration>,
}

impl FaultEffect {
    /// Whether it is more than slow.
    pub fn fails(&self) -> bool {
        self.error.is_some() || self.status.is_some()
    }

    /// Takes as long as was ordered.
    #[expect(
        clippy::disallowed_methods,
        reason = "that time passes is what was ordered"
    )]
    pub async fn delay(&self) {
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
    }
}

/// What is about to happen.
#[derive(Debug, Clone, Copy)]
pub struct Happening<'a> {
    pub target: &'a FaultTarget,
    pub user_pool_id: Option<&'a str>,
    pub username: Option<&'a str>,
}

/// An order with its number, for who lists them.
#[derive(Debug, Clone)]
pub struct ListedFault {
    pub id: u64,
    pub order: FaultOrder,
    /// How often it has struck.
    pub struck: u64,
}

/// Every order.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
    /// Whether there is one at all: what nobody has ordered costs nothing.
    any: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    orders: Vec<ListedFault>,
}

/// So many orders at once.
const MOST: usize = 1_000;

impl Faults {
    /// Takes an order; None where there are too many.
    pub fn add(&self, order: FaultOrder) -> Option<ListedFault> {
        let mut state = self.lock();
        if state.orders.len() >= MOST {
            return None;
        }
        state.last += 1;
        let fault = ListedFault {
            id: state.last,
            order,
            struck: 0,
        };
        state.orders.push(fault.clone());
        self.any.store(true, Ordering::Release);
        Some(fault)
    }

    pub fn list(&self) -> Vec<ListedFault> {
        self.lock().orders.clone()
    }

    /// Takes back one order, or all. Says how many.
    pub fn remove(&self, id: Option<u64>) -> usize {
        let mut state = self.lock();
        let before = state.orders.len();
        state
            .orders
            .retain(|fault| id.is_some_and(|id| fault.id != id));
        self.any.store(!state.orders.is_empty(), Ordering::Release);
        before - state.orders.len()
    }

    /// Whether anybody who asks may be struck.
    pub fn are_ordered(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// What strikes: the first order that is about this, and whose chance it is. `draw` gives a
    /// number from 0 to 1.
    pub fn strike(&self, happening: Happening<'_>, draw: impl Fn() -> f64) -> Option<FaultEffect> {
        if !self.are_ordered() {
            return None;
        }
        let mut state = self.lock();
        let of = |wanted: &Option<String>, given: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| given == Some(wanted))
        };
        let struck = state.orders.iter_mut().find(|fault| {
            let order = &fault.order;
            order.times != Some(0)
                && order.target.covers(happening.target)
                && of(&order.user_pool_id, happening.user_pool_id)
                && of(&order.username, happening.username)
                && order.probability.is_none_or(|chance| draw() < chance)
        })?;
        struck.struck += 1;
        if let Some(times) = &mut struck.order.times {
            *times -= 1;
        }
        Some(struck.order.effect.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(target: FaultTarget) -> FaultOrder {
        FaultOrder {
            target,
            user_pool_id: None,
            username: None,
            effect: FaultEffect {
                status: Some(500),
                ..FaultEffect::default()
            },
            times: None,
            probability: None,
        }
    }

    fn strikes(faults: &Faults, target: &FaultTarget) -> bool {
        let happening = Happening {
            target,
            user_pool_id: Some("pool"),
            username: Some("alice"),
        };
        faults.strike(happening, || 0.5).is_some()
    }

    #[test]
    fn an_order_strikes_what_it_names_as_often_as_it_says() {
        let get_user = FaultTarget::Operation("GetUser".to_owned());
        let faults = Faults::default();
        assert!(!strikes(&faults, &get_user));
        faults.add(FaultOrder {
            times: Some(2),
            ..order(get_user.clone())
        });
        assert!(!strikes(
            &faults,
            &FaultTarget::Operation("SignUp".to_owned())
        ));
        assert!(!strikes(
            &faults,
            &FaultTarget::Function("GetUser".to_owned())
        ));
        assert!(strikes(&faults, &get_user) && strikes(&faults, &get_user));
        assert!(!strikes(&faults, &get_user));
        assert_eq!(faults.list()[0].struck, 2);
        assert_eq!((faults.remove(Some(7)), faults.remove(Some(1))), (0, 1));
    }

    #[test]
    fn pools_users_and_chances_narrow_it() {
        let any = FaultTarget::Operation("*".to_owned());
        let get_user = FaultTarget::Operation("GetUser".to_owned());
        for (narrowed, expected) in [
            (order(any.clone()), true),
            (
                FaultOrder {
                    user_pool_id: Some("pool".to_owned()),
                    ..order(any.clone())
                },
                true,
            ),
            (
                FaultOrder {
                    user_pool_id: Some("other".to_owned()),
                    ..order(any.clone())
                },
                false,
            ),
            (
                FaultOrder {
                    username: Some("bert".to_owned()),
                    ..order(any.clone())
                },
                false,
            ),
            (
                FaultOrder {
                    probability: Some(0.6),
                    ..order(any.clone())
                },
                true,
            ),
            (
                FaultOrder {
                    probability: Some(0.5),
                    ..order(any.clone())
                },
                false,
            ),
            (
                FaultOrder {
                    times: Some(0),
                    ..order(any)
                },
                false,
            ),
        ] {
            let faults = Faults::default();
            faults.add(narrowed);
            assert_eq!(strikes(&faults, &get_user), expected, "{:?}", faults.list());
        }
    }

    #[test]
    fn a_path_may_be_a_beginning_and_a_medium_is_in_any_case() {
        let faults = Faults::default();
        faults.add(order(FaultTarget::Path("/oauth2/*".to_owned())));
        faults.add(order(FaultTarget::Delivery("email".to_owned())));
        assert!(strikes(
            &faults,
            &FaultTarget::Path("/oauth2/token".to_owned())
        ));
        assert!(!strikes(&faults, &FaultTarget::Path("/login".to_owned())));
        assert!(strikes(&faults, &FaultTarget::Delivery("EMAIL".to_owned())));
        assert!(!strikes(&faults, &FaultTarget::Delivery("SMS".to_owned())));
    }
}
