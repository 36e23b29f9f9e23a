use crate::client_address::ClientAddress;
use crate::routes::Endpoint;
use actix_web::HttpRequest;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Clients are told apart by this many buckets. More clients than that share buckets, so memory stays below a few
/// megabytes however many addresses an attacker owns.
const BUCKETS: u64 = 1 << 17;

/// Which limit a route counts against. `/u` is never limited: whoever wants to leave may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateGroup {
    /// Requests that write: 30 a minute, 60 at once.
    PublicPost,
    /// Pages: 600 a minute.
    GetPage,
    Unlimited,
}

/// What a client may do, per minute and at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    pub posts_per_minute: NonZeroU32,
    pub posts_burst: NonZeroU32,
    pub pages_per_minute: NonZeroU32,
}

impl Default for Quotas {
    fn default() -> Quotas {
        let count = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Quotas {
            posts_per_minute: count(30),
            posts_burst: count(60),
            pages_per_minute: count(600),
        }
    }
}

/// Limits per client address, for all workers of a process. Clones share their counts.
#[derive(Debug, Clone)]
pub struct RateLimits {
    groups: Option<Arc<Groups>>,
}

#[derive(Debug)]
struct Groups {
    posts: DefaultKeyedRateLimiter<u32>,
    pages: DefaultKeyedRateLimiter<u32>,
    clock: DefaultClock,
    /// Random per process, so that nobody can look for an address that shares a victim's bucket.
    hasher: RandomState,
}

impl RateLimits {
    pub fn new(quotas: Quotas) -> RateLimits {
        let posts = Quota::per_minute(quotas.posts_per_minute).allow_burst(quotas.posts_burst);
        let groups = Groups {
            posts: RateLimiter::keyed(posts),
            pages: RateLimiter::keyed(Quota::per_minute(quotas.pages_per_minute)),
            clock: DefaultClock::default(),
            hasher: RandomState::new(),
        };
        RateLimits {
            groups: Some(Arc::new(groups)),
        }
    }

    /// No limits, for benchmarks (`LEADSTREAM_RATE_LIMIT=off`).
    pub fn off() -> RateLimits {
        RateLimits { groups: None }
    }

    /// Counts one request; the error is how long to wait.
    pub(crate) fn check(&self, group: RateGroup, client: IpAddr) -> Result<(), Duration> {
        let Some(groups) = &self.groups else { return Ok(()) };
        let limiter = match group {
            RateGroup::PublicPost => &groups.posts,
            RateGroup::GetPage => &groups.pages,
            RateGroup::Unlimited => return Ok(()),
        };
        let outcome = limiter.check_key(&groups.bucket(client));
        outcome.map_err(|not_until| not_until.wait_time_from(groups.clock.now()))
    }

    /// Forgets clients that have all their requests back. Called once a minute.
    pub(crate) fn forget_idle_clients(&self) {
        for limiter in self
            .groups
            .iter()
            .flat_map(|groups| [&groups.posts, &groups.pages])
        {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

impl Groups {
    fn bucket(&self, client: IpAddr) -> u32 {
        let bucket = self.hasher.hash_one(network(client)) % BUCKETS;
        u32::try_from(bucket).unwrap_or_default()
    }
}

/// Whom an address belongs to: a whole /64 with IPv6, because a host can pick any address in it.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// The seconds to wait if the request is one too many.
pub(crate) fn seconds_to_wait(
    limits: &RateLimits,
    endpoint: &Endpoint,
    request: &HttpRequest,
) -> Option<u64> {
    if endpoint.group == RateGroup::Unlimited {
        return None;
    }
    let wait = limits.check(endpoint.group, ClientAddress::of(request).0).err()?;
    Some(wait.as_secs() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> RateLimits {
        RateLimits::new(Quotas::default())
    }

    fn allowed(limits: &RateLimits, group: RateGroup, client: &str) -> usize {
        let client = client.parse().unwrap();
        (0..1000)
            .take_while(|_| limits.check(group, client).is_ok())
            .count()
    }

    #[test]
    fn a_client_may_send_its_burst_and_then_waits() {
        let limits = limits();
        assert_eq!(allowed(&limits, RateGroup::PublicPost, "192.0.2.1"), 60);
        let wait = limits
            .check(RateGroup::PublicPost, "192.0.2.1".parse().unwrap())
            .unwrap_err();
        assert!(
            wait <= Duration::from_secs(2),
            "30 a minute is one in two seconds, not {wait:?}"
        );
        assert_eq!(
            allowed(&limits, RateGroup::PublicPost, "192.0.2.2"),
            60,
            "another client has its own count"
        );
        assert_eq!(allowed(&limits, RateGroup::Unlimited, "192.0.2.1"), 1000);
    }

    #[test]
    fn a_v6_network_of_64_bits_is_one_client() {
        let limits = limits();
        assert_eq!(allowed(&limits, RateGroup::PublicPost, "2001:db8:1:2::1"), 60);
        assert_eq!(allowed(&limits, RateGroup::PublicPost, "2001:db8:1:2:ffff::9"), 0);
        assert_eq!(allowed(&limits, RateGroup::PublicPost, "2001:db8:1:3::1"), 60);
    }

    #[test]
    fn the_v4_mapped_form_of_an_address_is_the_same_client() {
        let limits = limits();
        assert_eq!(allowed(&limits, RateGroup::PublicPost, "192.0.2.1"), 60);
        assert_eq!(allowed(&limits, RateGroup::PublicPost, "::ffff:192.0.2.1"), 0);
    }

    #[test]
    fn memory_is_bounded_however_many_addresses_come() {
        let limits = limits();
        for number in 0..300_000_u32 {
            let _ = limits.check(RateGroup::GetPage, IpAddr::V4(number.into()));
        }
        let buckets = limits.groups.as_ref().unwrap().pages.len();
        assert!(buckets as u64 <= BUCKETS, "{buckets} buckets");
    }

    #[test]
    fn switched_off_nothing_is_limited() {
        assert_eq!(
            allowed(&RateLimits::off(), RateGroup::PublicPost, "192.0.2.1"),
            1000
        );
    }
}
