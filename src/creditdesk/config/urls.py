"""Every address of the product: sign-in, the desk, the API."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.i18n import set_language

from creditdesk.faces.api.problems import no_address
from creditdesk.faces.desk.pages import signin

urlpatterns = [
    *signin.urlpatterns,
    path("language/", login_not_required(set_language), name="set_language"),
    path("", include("creditdesk.faces.health.urls")),
    path("", include("creditdesk.faces.pay.urls")),
    path("", include("creditdesk.faces.apply.urls")),
    path("api/v1/", include("creditdesk.faces.api.urls")),
    re_path("^api/", no_address),
    path("", include("creditdesk.faces.desk.urls")),
]
