"""What a study's votes say: pure functions from votes to a report, and from that to text, table and chart."""
