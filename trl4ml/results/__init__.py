"""What other tools measured, as measures of evidence: named, bounded, judged against declared bars."""
