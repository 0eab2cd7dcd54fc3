"""A local CloudFront edge: the built zip in the genuine Lambda runtime client, real sockets to real origins."""
