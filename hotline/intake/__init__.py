"""Channels: what a call, a WeChat message, a web form or a spreadsheet row hands in becomes an Inquiry.

Pure functions; channels differ only here. Each hands back an `Inquiry` or raises `InvalidInput`, which
names the field, what is wrong and what to do.
"""
