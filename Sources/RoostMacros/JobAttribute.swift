import SwiftParser
import SwiftSyntax
import SwiftSyntaxBuilder

/// What is written in `@Job(…)` on a function.
struct JobAttribute {
    /// The explicit kind.
    private(set) var kind: String?
    private(set) var aliases: [String] = []
    /// The arguments that `JobOptions` has too, under the labels it gives them.
    private(set) var options: [(label: String, value: ExprSyntax)] = []
    private(set) var scopes: [ExprSyntax] = []

    let node: AttributeSyntax

    init(
        _ node: AttributeSyntax,
        on function: FunctionDeclSyntax,
        at place: JobPlace,
        problems: inout Problems
    ) {
        self.node = node
        for (label, value) in Self.arguments(of: node) {
            switch label {
            case nil:
                kind = Self.kind(value, problems: &problems)
            case "aliases":
                aliases = Self.aliases(value, problems: &problems)
            case "within":
                scopes.append(value)
            default:
                break
            }
        }
        options = Self.options(Self.arguments(of: node))
        let ownKind = kind ?? (place.path + [function.name.plainText]).joined(separator: ".")
        checkAliases(against: ownKind, problems: &problems)
    }

    /// The arguments by label; those after `within:` that have none are further scopes.
    static func arguments(of node: AttributeSyntax) -> [(label: String?, value: ExprSyntax)] {
        guard case .argumentList(let list)? = node.arguments else { return [] }
        var arguments: [(label: String?, value: ExprSyntax)] = []
        for argument in list {
            let label = argument.label?.text ?? (arguments.last?.label == "within" ? "within" : nil)
            arguments.append((label, argument.expression))
        }
        return arguments
    }

    /// Those of `arguments` that `JobOptions` takes, as it takes them.
    static func options(_ arguments: [(label: String?, value: ExprSyntax)]) -> [(label: String, value: ExprSyntax)] {
        arguments.compactMap { label, value in
            switch label {
            case nil, "aliases", "within": nil
            case "delay": ("start", ".after(\(value.trimmed))")
            case "expires": value.is(NilLiteralExprSyntax.self) ? nil : ("expiry", ".after(\(value.trimmed))")
            case let label?: (label, value)
            }
        }
    }

    private static func kind(_ value: ExprSyntax, problems: inout Problems) -> String? {
        guard !value.is(NilLiteralExprSyntax.self) else { return nil }
        guard let text = value.as(StringLiteralExprSyntax.self)?.representedLiteralValue else {
            problems.report(.kindNotLiteral, at: value)
            return nil
        }
        check(name: text, at: value, problems: &problems)
        return text
    }

    private static func aliases(_ value: ExprSyntax, problems: inout Problems) -> [String] {
        guard let array = value.as(ArrayExprSyntax.self) else {
            problems.report(.aliasesNotLiteral, at: value)
            return []
        }
        return array.elements.compactMap { element in
            guard let text = element.expression.as(StringLiteralExprSyntax.self)?.representedLiteralValue else {
                problems.report(.aliasesNotLiteral, at: element.expression)
                return nil
            }
            check(name: text, at: element.expression, problems: &problems)
            return text
        }
    }

    private static func check(name: String, at node: ExprSyntax, problems: inout Problems) {
        let isPadded = name.first?.isWhitespace != false || name.last?.isWhitespace != false
        if isPadded || name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            problems.report(.kindUnusable, at: node)
        }
    }

    private func checkAliases(against kind: String, problems: inout Problems) {
        guard let list = Self.arguments(of: node).first(where: { $0.label == "aliases" })?.value else { return }
        var seen: Set<String> = []
        for alias in aliases {
            if alias == kind {
                problems.report(.aliasIsKind(alias), at: list)
            } else if !seen.insert(alias).inserted {
                problems.report(.duplicateAlias(alias), at: list)
            }
        }
    }
}

extension AttributeSyntax {
    /// The attribute with `arguments` in place of its own, or without parentheses.
    func withArguments(_ arguments: LabeledExprListSyntax?) -> AttributeSyntax {
        var new = self
        new.attributeName = attributeName.trimmed
        new.leftParen = arguments == nil ? nil : .leftParenToken()
        new.arguments = arguments.map { .argumentList($0) }
        new.rightParen = arguments == nil ? nil : .rightParenToken()
        return new.with(\.trailingTrivia, trailingTrivia)
    }
}
