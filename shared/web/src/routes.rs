//! The route table of a service: its `routes/mod.rs` builds one, and that is the only place with paths.

use crate::metrics::RouteMetrics;
use crate::observe::enter;
use crate::{HttpMetrics, Problem, RateGroup};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Resource, Responder, Route};
use std::fmt;
use std::sync::Arc;

type BuildRoute = Arc<dyn Fn(Method) -> Route + Send + Sync>;
type AddData = Arc<dyn Fn(Resource) -> Resource + Send + Sync>;

/// Paths, methods, handlers and rate groups of one service. Of two paths that both match, the one that was added first
/// wins. Every `get` answers HEAD, too; other methods get 405 with `Allow`.
#[derive(Clone)]
pub struct Routes {
    service: &'static str,
    entrance: Entrance,
    endpoints: Vec<Endpoint>,
    data: Vec<AddData>,
}

/// Who may come in here.
#[derive(Debug, Clone)]
pub(crate) enum Entrance {
    /// Everybody, within the rate limits.
    Public(HttpMetrics),
    /// Holders of the admin token.
    Admin,
    /// Whoever reaches the admin port; not worth a log line.
    Probe,
}

/// One method of one path.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) group: RateGroup,
    pub(crate) metrics: Option<RouteMetrics>,
    build: BuildRoute,
}

/// What the middleware knows of the path that matched.
pub(crate) struct MountedPath {
    pub(crate) service: &'static str,
    pub(crate) path: &'static str,
    pub(crate) entrance: Entrance,
    endpoints: Vec<Endpoint>,
}

impl MountedPath {
    /// `None` for a method that the path does not have.
    pub(crate) fn endpoint(&self, method: &Method) -> Option<&Endpoint> {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.endpoints.iter().find(|endpoint| endpoint.method == *method)
    }

    /// Value of `Allow`.
    fn methods(&self) -> String {
        let mut names: Vec<&str> = self
            .endpoints
            .iter()
            .map(|endpoint| endpoint.method.as_str())
            .collect();
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        names.join(", ")
    }
}

impl Routes {
    /// Routes on the public port, counted in `metrics` and limited by their groups.
    pub fn public(service: &'static str, metrics: HttpMetrics) -> Routes {
        Routes::new(service, Entrance::Public(metrics))
    }

    /// Routes on the admin port, behind the bearer token; not limited.
    pub fn admin(service: &'static str) -> Routes {
        Routes::new(service, Entrance::Admin)
    }

    pub(crate) fn probes(service: &'static str) -> Routes {
        Routes::new(service, Entrance::Probe)
    }

    fn new(service: &'static str, entrance: Entrance) -> Routes {
        Routes {
            service,
            entrance,
            endpoints: Vec::new(),
            data: Vec::new(),
        }
    }

    /// What all handlers of this table may extract as `web::Data<T>`.
    #[must_use]
    pub fn data<T: Send + Sync + ?Sized + 'static>(mut self, data: web::Data<T>) -> Routes {
        self.data
            .push(Arc::new(move |resource| resource.app_data(data.clone())));
        self
    }

    /// GET and HEAD; in the group [`RateGroup::GetPage`].
    #[must_use]
    pub fn get<F, Args>(self, path: &'static str, handler: F) -> Routes
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.route(Method::GET, path, handler)
            .in_group(RateGroup::GetPage)
    }

    /// POST; in the group [`RateGroup::PublicPost`].
    #[must_use]
    pub fn post<F, Args>(self, path: &'static str, handler: F) -> Routes
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.route(Method::POST, path, handler)
    }

    /// Any other method (`OPTIONS`, `DELETE`, …); in the group [`RateGroup::PublicPost`].
    #[must_use]
    pub fn route<F, Args>(mut self, method: Method, path: &'static str, handler: F) -> Routes
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let metrics = match &self.entrance {
            Entrance::Public(metrics) => Some(metrics.route(method.as_str(), path)),
            Entrance::Admin | Entrance::Probe => None,
        };
        let build: BuildRoute = Arc::new(move |method| Route::new().method(method).to(handler.clone()));
        self.endpoints.push(Endpoint {
            method,
            path,
            group: RateGroup::PublicPost,
            metrics,
            build,
        });
        self
    }

    /// Puts the route added last into another rate group.
    #[must_use]
    pub fn in_group(mut self, group: RateGroup) -> Routes {
        if let Some(endpoint) = self.endpoints.last_mut() {
            endpoint.group = group;
        }
        self
    }

    /// Every method and path template, in order; for tests over several tables.
    pub fn paths(&self) -> impl Iterator<Item = (&Method, &'static str)> {
        self.endpoints
            .iter()
            .map(|endpoint| (&endpoint.method, endpoint.path))
    }

    pub(crate) fn service(&self) -> &'static str {
        self.service
    }

    /// Series of requests that match no route.
    pub(crate) fn unmatched(&self) -> Option<RouteMetrics> {
        match &self.entrance {
            Entrance::Public(metrics) => Some(metrics.route("any", UNMATCHED)),
            Entrance::Admin | Entrance::Probe => None,
        }
    }

    pub(crate) fn mount(&self, config: &mut ServiceConfig) {
        for path in self.distinct_paths() {
            config.service(self.resource(path).wrap(from_fn(enter)));
        }
    }

    fn distinct_paths(&self) -> Vec<&'static str> {
        let mut paths = Vec::new();
        for endpoint in &self.endpoints {
            if !paths.contains(&endpoint.path) {
                paths.push(endpoint.path);
            }
        }
        paths
    }

    fn resource(&self, path: &'static str) -> Resource {
        let endpoints: Vec<Endpoint> = self
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.path == path)
            .cloned()
            .collect();
        let mut resource = web::resource(path);
        for endpoint in &endpoints {
            resource = resource.route((endpoint.build)(endpoint.method.clone()));
            if endpoint.method == Method::GET {
                resource = resource.route((endpoint.build)(Method::HEAD));
            }
        }
        let mounted = MountedPath {
            service: self.service,
            path,
            entrance: self.entrance.clone(),
            endpoints,
        };
        let methods = mounted.methods();
        let other_method = move || {
            let problem = Problem::method_not_allowed(methods.clone());
            async move { Err::<&'static str, Problem>(problem) }
        };
        let resource = resource
            .default_service(web::to(other_method))
            .app_data(Arc::new(mounted));
        self.data.iter().fold(resource, |resource, add| add(resource))
    }
}

/// Label of everything that is not in a route table.
pub(crate) const UNMATCHED: &str = "unmatched";

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes")
            .field("service", &self.service)
            .field("paths", &self.paths().collect::<Vec<_>>())
            .finish()
    }
}
