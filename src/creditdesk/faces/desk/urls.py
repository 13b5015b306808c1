"""The addresses of the desk, one list per family of pages."""

from django.urls import URLPattern

from creditdesk.faces.desk.pages import (
    ageing,
    collecting,
    company,
    components,
    customer,
    customers,
    disputes,
    dunning,
    guide,
    imports,
    invoices,
    letters,
    mailbox,
    matching,
    morning,
    orders,
    promises,
    search,
    statements,
    worklist,
)

urlpatterns: list[URLPattern] = [
    *morning.urlpatterns,
    *search.urlpatterns,
    *company.urlpatterns,
    *customers.urlpatterns,
    *customer.urlpatterns,
    *invoices.urlpatterns,
    *ageing.urlpatterns,
    *orders.urlpatterns,
    *imports.urlpatterns,
    *components.urlpatterns,
    *guide.urlpatterns,
    *worklist.urlpatterns,
    *collecting.urlpatterns,
    *letters.urlpatterns,
    *dunning.urlpatterns,
    *mailbox.urlpatterns,
    *promises.urlpatterns,
    *disputes.urlpatterns,
    *statements.urlpatterns,
    *matching.urlpatterns,
]
