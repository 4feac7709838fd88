import SwiftDiagnostics
import SwiftSyntax

/// One parameter of a function that is a job.
struct JobParameter {
    /// Where its value comes from when the job runs.
    enum Source {
        case payload
        /// The job's context; nil outside a job where the parameter's type is optional.
        case context(isOptional: Bool)
        /// What the scope at this position enters with.
        case scope(Int)
    }

    /// The name under which its value is stored.
    let key: String
    /// The label as written, `_` if there is none.
    let label: String
    /// The type of the stored value, without `consuming` and the like.
    let type: TypeSyntax
    let defaultValue: ExprSyntax?
    let source: Source

    init?(
        _ syntax: FunctionParameterSyntax,
        scopesTaken: inout Int,
        attribute: JobAttribute,
        problems: inout Problems
    ) {
        label = syntax.firstName.text
        let name = label == "_" ? syntax.secondName : syntax.firstName
        key = name?.plainText ?? "_"
        defaultValue = syntax.defaultValue?.value
        let isWithin = syntax.firstName.plainText == "within"

        guard key != "_" else {
            problems.report(.unnamedParameter, at: syntax)
            return nil
        }
        guard let type = Self.passedType(of: syntax, named: key, problems: &problems) else { return nil }
        self.type = type

        if let isOptional = Self.isContext(type) {
            source = .context(isOptional: isOptional)
        } else if isWithin {
            source = .scope(scopesTaken)
            scopesTaken += 1
            guard scopesTaken <= attribute.scopes.count else {
                attribute.reportMissingScope(for: syntax, problems: &problems)
                return nil
            }
        } else {
            source = .payload
            guard Self.isStorable(syntax.type, named: key, problems: &problems) else { return nil }
        }
    }

    var isStored: Bool {
        if case .payload = source { true } else { false }
    }

    /// The stored property: the key, but for names that a property cannot have in a job.
    var property: String { property(escaped: true) }

    func property(escaped: Bool) -> String {
        let taken: Set = ["run", "request", "self", "Self", "Type", "Protocol", "init"]
        let name = taken.contains(key) ? "_\(key)" : key
        return escaped ? name.escaped : name
    }

    /// The type that an optional parameter wraps; nil where it is not written as optional.
    var wrappedType: TypeSyntax? { Self.wrapped(type) }

    private static func wrapped(_ type: TypeSyntax) -> TypeSyntax? {
        if let optional = type.as(OptionalTypeSyntax.self) { return optional.wrappedType }
        let generic =
            type.as(IdentifierTypeSyntax.self)?.name.text == "Optional"
            ? type.as(IdentifierTypeSyntax.self)?.genericArgumentClause
            : type.as(MemberTypeSyntax.self)?.name.text == "Optional"
                ? type.as(MemberTypeSyntax.self)?.genericArgumentClause : nil
        return generic?.arguments.first?.argument.as(TypeSyntax.self)
    }

    /// Whether the type is the job's context, and if so whether it is optional.
    private static func isContext(_ type: TypeSyntax) -> Bool? {
        let names = ["", "Roost.", "RoostCore.", "Roost::", "RoostCore::"].map { $0 + "JobContext" }
        if names.contains(type.trimmedDescription) { return false }
        if let wrapped = wrapped(type), names.contains(wrapped.trimmedDescription) { return true }
        return nil
    }

    /// The type of the value that a caller passes, or nil and a problem if a job cannot pass one.
    private static func passedType(
        of syntax: FunctionParameterSyntax,
        named key: String,
        problems: inout Problems
    ) -> TypeSyntax? {
        if syntax.ellipsis != nil {
            let array = TypeSyntax(ArrayTypeSyntax(element: syntax.type.trimmed))
            let fixed = syntax.with(\.type, array).with(\.ellipsis, nil)
            problems.report(
                .variadicParameter(key),
                at: syntax,
                fixIts: [.replacing(syntax, by: fixed, "take an array of '\(syntax.type.trimmedDescription)'")]
            )
            return nil
        }
        guard let attributed = syntax.type.as(AttributedTypeSyntax.self) else {
            // `Int!` is not a type that can be stored; the value is optional.
            if let forced = syntax.type.as(ImplicitlyUnwrappedOptionalTypeSyntax.self) {
                return TypeSyntax(OptionalTypeSyntax(wrappedType: forced.wrappedType.trimmed))
            }
            return syntax.type
        }
        let specifiers = attributed.specifiers.compactMap { $0.as(SimpleTypeSpecifierSyntax.self)?.specifier.text }
        if specifiers.contains("inout") {
            problems.report(
                .inoutParameter(key),
                at: syntax,
                fixIts: [.replacing(syntax.type, by: attributed.baseType, "remove 'inout'")]
            )
            return nil
        }
        if specifiers.contains("isolated") {
            problems.report(.isolatedParameter(key), at: syntax)
            return nil
        }
        return attributed.baseType
    }

    /// Whether a value of the type, as far as its spelling tells, can be stored.
    private static func isStorable(_ type: TypeSyntax, named key: String, problems: inout Problems) -> Bool {
        if type.containsFunctionType {
            problems.report(.closureParameter(key), at: type)
            return false
        }
        if type.containsOpaqueType {
            problems.report(.opaqueParameter(key), at: type)
            return false
        }
        return true
    }
}

extension JobAttribute {
    fileprivate func reportMissingScope(for parameter: FunctionParameterSyntax, problems: inout Problems) {
        let name = (parameter.secondName ?? parameter.firstName).plainText
        guard scopes.isEmpty else {
            problems.report(.withinBeyondScopes(name, scopes: scopes.count), at: parameter)
            return
        }
        problems.report(
            .withinWithoutScope(name),
            at: parameter,
            fixIts: [.replacing(node, by: namingScope, "name the scope in @Job")]
        )
    }

    /// The attribute with a placeholder for a scope.
    private var namingScope: AttributeSyntax {
        let scope = LabeledExprSyntax(
            label: .identifier("within"),
            colon: .colonToken(trailingTrivia: .space),
            expression: EditorPlaceholderExprSyntax(placeholder: .identifier("<#scope#>"))
        )
        var list = LabeledExprListSyntax([])
        if case .argumentList(let arguments)? = node.arguments { list = arguments }
        if let last = list.indices.last {
            list[last].trailingComma = .commaToken(trailingTrivia: .space)
        }
        return node.withArguments(list + [scope])
    }
}

extension TypeSyntax {
    var containsFunctionType: Bool { contains { $0.is(FunctionTypeSyntax.self) } }

    var containsOpaqueType: Bool {
        contains { $0.as(SomeOrAnyTypeSyntax.self)?.someOrAnySpecifier.tokenKind == .keyword(.some) }
    }

    private func contains(_ matches: (Syntax) -> Bool) -> Bool {
        var pending = [Syntax(self)]
        while let next = pending.popLast() {
            if matches(next) { return true }
            pending.append(contentsOf: next.children(viewMode: .sourceAccurate))
        }
        return false
    }
}
