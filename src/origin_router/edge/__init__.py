"""What runs in Lambda@Edge, standard library only: measures origins and rewrites requests.

Ships together with `origin_router.routing`, which decides.
"""
