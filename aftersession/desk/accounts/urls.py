# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.accounts import books, money, statements, views

urlpatterns = [
    path("clients/<slug:code>/account/", views.patient_account, name="patient_account"),
    path("clients/<slug:code>/account/document.pdf", views.patient_account_pdf, name="patient_account_pdf"),
    path("clients/<slug:code>/account/entries.csv", views.patient_account_csv, name="patient_account_csv"),
    path("clients/<slug:code>/payments/", money.patient_payment, name="patient_payment"),
    path("clients/<slug:code>/payments/plan/", money.patient_payment_plan, name="patient_payment_plan"),
    path("clients/<slug:code>/statement/", statements.patient_statement, name="patient_statement"),
    path(
        "clients/<slug:code>/statement/document.pdf",
        statements.patient_statement_pdf,
        name="patient_statement_pdf",
    ),
    path(
        "clients/<slug:code>/statement/entries.csv",
        statements.patient_statement_csv,
        name="patient_statement_csv",
    ),
    path(
        "clients/<slug:code>/statement/messages/",
        statements.patient_statement_send,
        name="patient_statement_send",
    ),
    path("payers/<slug:code>/account/", views.payer_account_page, name="payer_account"),
    path("payers/<slug:code>/account/document.pdf", views.payer_account_pdf, name="payer_account_pdf"),
    path("payers/<slug:code>/account/entries.csv", views.payer_account_csv, name="payer_account_csv"),
    path("receivables/", books.receivable_list, name="receivable_list"),
    path("receivables/all.csv", books.receivable_csv, name="receivable_csv"),
    path("books/", books.book_list, name="book_list"),
    path("books/<slug:account>/", books.book_detail, name="book_detail"),
    path("books/<slug:account>/document.pdf", books.book_pdf, name="book_pdf"),
    path("books/<slug:account>/entries.csv", books.book_csv, name="book_csv"),
]
