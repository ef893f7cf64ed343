"""Channels: what a call, a WeChat message, a web form or a spreadsheet row hands in becomes an Inquiry.

Pure functions; channels differ only here.
"""
