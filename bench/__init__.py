"""How fast the hotline is: each part against the least that could do its work, in short turns within one run.

Machines differ and are noisy, so what counts is a ratio: ours and the bare thing take turns of a few seconds, and
the ratio is the median of the turns. Figures without something bare to stand beside are times of the processor.
`python -m bench [NAME …]` prints JSON lines; `MEASURES` in `__main__` names them all.
"""
