"""What goes wrong with Iceberg: errors of pyiceberg, and of what it keeps its catalog in."""

from collections.abc import Iterator
from contextlib import contextmanager

from polyai_assets.delivery.targets.client import import_client
from polyai_assets.delivery.targets.target import DeliveryConflict, TargetRefuses, TargetUnreachable


@contextmanager
def explained() -> Iterator[None]:
    """Tell by the kind of an error what it is."""
    known = import_client("pyiceberg.exceptions", "iceberg")
    database = import_client("sqlalchemy.exc", "iceberg")
    try:
        yield
    except (
        # the last is what a commit finds in those that were made meanwhile
        *(known.CommitFailedException, known.CommitStateUnknownException, known.ValidationException),
    ) as error:
        raise DeliveryConflict(str(error)) from None
    except (
        *(OSError, known.OAuthError, known.UnauthorizedError, known.ForbiddenError, known.ServerError),
        *(known.AuthorizationExpiredError, known.ServiceUnavailableError, known.TooManyRequestsError),
        database.SQLAlchemyError,
    ) as error:
        raise TargetUnreachable(f"the catalog or its storage does not answer: {error}") from None
    except (ValueError, known.RESTError, known.ValidationError, known.NotInstalledError) as error:
        raise TargetRefuses(f"Iceberg does not take it: {error}") from None
