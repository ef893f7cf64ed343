"""How the house learns: labelled data read, models trained, kept, measured, promoted and rolled back; what people
corrected as examples; the threshold of automatic dispatch; the weekly report of mis-dispatch with its remedies.

The engine is routing (learning, learned, evaluating); here are the tables, the files and the acts around it. Nothing
here puts itself in force: a person promotes a model and publishes a draft.
"""
