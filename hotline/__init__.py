"""The hotline: every table and every act.

The vocabulary is rules.md's: a citizen's *inquiry* (来件) becomes a *ticket* (工单); it is *dispatched* (转办) to the
*unit* (承办单位) that the *responsibility* list (权责清单) names for its *matter* (事项) in its *place*; the unit
*accepts* (签收), *contacts* (先行联系), *resolves* (办结); the hotline *reviews* (审核), *follows up* (回访) and the
ticket is *closed* (结案) or *reopened* (重办) in a new *cycle*. *Clocks* run over the ticket's *events*.

The import rule, held by import-linter:  wsgi → api → hotline → routing | sla | search → chinese.
No Flask here: the worker, the command line and the web call the same functions.
"""
