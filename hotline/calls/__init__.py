"""Call records (话单) of the exchange: read, kept once each, and counted: 呼入, 接通, 15 秒接通, 放弃, 通话, 等待."""
