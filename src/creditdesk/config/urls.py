"""Every address of the product: sign-in, the desk, the API."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path

from creditdesk.faces.api.problems import no_address
from creditdesk.faces.desk.pages import signin

urlpatterns = [
    # Programs ask most often: their addresses are looked through first.
    path("api/v1/", include("creditdesk.faces.api.urls")),
    re_path("^api/", no_address),
    *signin.urlpatterns,
    path("language/", login_not_required(signin.speak), name="set_language"),
    path("", include("creditdesk.faces.health.urls")),
    path("", include("creditdesk.faces.pay.urls")),
    path("", include("creditdesk.faces.apply.urls")),
    path("", include("creditdesk.faces.desk.urls")),
]
