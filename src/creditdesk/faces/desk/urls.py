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
    imports,
    invoices,
    letters,
    mailbox,
    matching,
    morning,
    orders,
    periods,
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
    *periods.urlpatterns,
    *orders.urlpatterns,
    *imports.urlpatterns,
    *components.urlpatterns,
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
