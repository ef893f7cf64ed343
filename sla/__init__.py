"""Calendars, policies and clocks: each deadline a pure function of events, one policy and one calendar.

Plain values in, plain values out. Every clock can print its own sum, line by line, in Chinese.
"""
