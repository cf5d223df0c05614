"""Concurrency: how many environments a function may have at work at once, and what the account has of all.

Source: Lambda Developer Guide, "Configuring reserved concurrency for a function", "Lambda quotas".
"""

from typing import Any

from labkit.cloud.services.lambda_.model import LATEST, key
from labkit.cloud.services.lambda_.packages import MOST_UNZIPPED, MOST_ZIPPED
from labkit.cloud.services.lambda_.service import LambdaService, invalid
from labkit.records import replace

ACCOUNT_CONCURRENCY = 1000
LEFT_FOR_OTHERS = 100
CODE_STORAGE = 75 * 1024**3


class Concurrency(LambdaService):
    """Reserved concurrency, and the account's limits."""

    def put_function_concurrency(
        self, FunctionName: str, ReservedConcurrentExecutions: int
    ) -> dict[str, Any]:
        """Reserve a number of environments for a function, which is also its limit; 0 stops it.

        Raises:
            ResourceNotFoundException: there is none.
            InvalidParameterValueException: too little would be left for the others.
        """
        function = self.find(self.refer(FunctionName))
        others = self._reserved() - (function.Reserved or 0)
        if ACCOUNT_CONCURRENCY - others - ReservedConcurrentExecutions < LEFT_FOR_OTHERS:
            raise invalid(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{LEFT_FOR_OTHERS}]."
            )
        self.tables.functions.put(replace(function, Reserved=ReservedConcurrentExecutions))
        return {"ReservedConcurrentExecutions": ReservedConcurrentExecutions}

    def get_function_concurrency(self, FunctionName: str) -> dict[str, Any]:
        """What is reserved for a function; nothing is told if nothing is. ResourceNotFoundException."""
        return {"ReservedConcurrentExecutions": self.find(self.refer(FunctionName)).Reserved}

    def delete_function_concurrency(self, FunctionName: str) -> None:
        """Reserve nothing any longer. ResourceNotFoundException."""
        self.tables.functions.put(replace(self.find(self.refer(FunctionName)), Reserved=None))

    def get_account_settings(self) -> dict[str, Any]:
        """The account's limits, and what it uses of them. Sizes are in bytes."""
        self.allow("*")
        latest = (
            self.tables.versions.get(key(function.FunctionName, LATEST)) for function in self.tables.functions
        )
        return {
            "AccountLimit": {
                "TotalCodeSize": CODE_STORAGE,
                "CodeSizeUnzipped": MOST_UNZIPPED,
                "CodeSizeZipped": MOST_ZIPPED,
                "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
                "UnreservedConcurrentExecutions": ACCOUNT_CONCURRENCY - self._reserved(),
            },
            "AccountUsage": {
                "TotalCodeSize": sum(version.CodeSize for version in latest if version),
                "FunctionCount": len(self.tables.functions),
            },
        }

    def _reserved(self) -> int:
        return sum(function.Reserved or 0 for function in self.tables.functions)
