"""The dashboard: a page on this computer's own address that shows how Tonny is.

Imported only when it is wanted, for its libraries take a tenth of a second. What a
browser may ask is decided in `gate`, who it is in `keys`; `connections` bounds what
strangers can cost.
"""
